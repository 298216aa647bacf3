@NullMarked
package dev.hubkit.junit.stub;

import org.jspecify.annotations.NullMarked;
