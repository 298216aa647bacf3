/**
 * The benchmark: puts Hub and the original servers under the same load in turn within one run, and
 * shows medians and ratios. The load comes from this JVM; the servers run in their own processes.
 */
@NullMarked
package dev.hubkit.bench;

import org.jspecify.annotations.NullMarked;
