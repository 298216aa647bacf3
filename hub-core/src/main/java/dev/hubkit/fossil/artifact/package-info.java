/**
 * Structural artifacts as Fossil's file-format document defines them: parsed strictly, written
 * canonically. Touches only {@code fossil.content}.
 */
@NullMarked
package dev.hubkit.fossil.artifact;

import org.jspecify.annotations.NullMarked;
