@NullMarked
package dev.hubkit;

import org.jspecify.annotations.NullMarked;
