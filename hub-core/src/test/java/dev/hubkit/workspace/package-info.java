@NullMarked
package dev.hubkit.workspace;

import org.jspecify.annotations.NullMarked;
