/**
 * Structural artifacts as Fossil's file-format document defines them, parsed strictly and written
 * canonically. Above the foundation, it uses only {@code fossil.content}.
 */
@NullMarked
package dev.hubkit.fossil.artifact;

import org.jspecify.annotations.NullMarked;
