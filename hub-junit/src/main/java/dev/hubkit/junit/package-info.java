/** The JUnit 5 side of Hub: one annotation, one extension, one resource. */
@NullMarked
package dev.hubkit.junit;

import org.jspecify.annotations.NullMarked;
