@NullMarked
package dev.hubkit.junit.time;

import org.jspecify.annotations.NullMarked;
