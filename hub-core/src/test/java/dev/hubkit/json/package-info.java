@NullMarked
package dev.hubkit.json;

import org.jspecify.annotations.NullMarked;
