/**
 * A Fossil repository: commits, versions, files, timeline, users. Above the foundation, it uses
 * only {@code fossil.artifact}, {@code fossil.content} and {@code fossil.crosslink}.
 */
@NullMarked
package dev.hubkit.fossil;

import org.jspecify.annotations.NullMarked;
