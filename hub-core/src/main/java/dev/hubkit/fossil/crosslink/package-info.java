/**
 * The tables that are derived from artifacts: timeline, ancestry, files of check-ins, tags, leaves,
 * tickets, references. They are written as artifacts arrive and can be rebuilt from the content
 * alone. Above the foundation, it uses only {@code fossil.artifact} and {@code fossil.content}.
 */
@NullMarked
package dev.hubkit.fossil.crosslink;

import org.jspecify.annotations.NullMarked;
