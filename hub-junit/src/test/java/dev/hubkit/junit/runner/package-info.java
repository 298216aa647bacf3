@NullMarked
package dev.hubkit.junit.runner;

import org.jspecify.annotations.NullMarked;
