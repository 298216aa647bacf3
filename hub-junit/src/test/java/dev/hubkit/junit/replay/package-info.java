@NullMarked
package dev.hubkit.junit.replay;

import org.jspecify.annotations.NullMarked;
