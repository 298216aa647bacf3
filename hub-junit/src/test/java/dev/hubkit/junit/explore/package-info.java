@NullMarked
package dev.hubkit.junit.explore;

import org.jspecify.annotations.NullMarked;
