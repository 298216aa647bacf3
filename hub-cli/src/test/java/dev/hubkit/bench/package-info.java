/**
 * The benchmark: Hub and the original servers under the same load in one run, in turn; medians and
 * ratios. The load comes from this JVM, the servers run as processes of their own.
 */
@NullMarked
package dev.hubkit.bench;

import org.jspecify.annotations.NullMarked;
