@NullMarked
package dev.hubkit.time;

import org.jspecify.annotations.NullMarked;
