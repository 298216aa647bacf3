@NullMarked
package dev.hubkit.junit.journal;

import org.jspecify.annotations.NullMarked;
