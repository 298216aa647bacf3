/**
 * The JUnit 5 extension of Hub: annotations that start a hub and declare what it contains, and
 * parameters and fields that receive its parts.
 */
@NullMarked
package dev.hubkit.junit;

import org.jspecify.annotations.NullMarked;
