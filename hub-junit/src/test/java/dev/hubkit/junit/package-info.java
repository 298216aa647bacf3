@NullMarked
package dev.hubkit.junit;

import org.jspecify.annotations.NullMarked;
