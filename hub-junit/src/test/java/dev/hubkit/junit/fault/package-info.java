@NullMarked
package dev.hubkit.junit.fault;

import org.jspecify.annotations.NullMarked;
