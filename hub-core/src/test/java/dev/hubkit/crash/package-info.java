/** Kills hubs and checks what is left of their repositories. */
@NullMarked
package dev.hubkit.crash;

import org.jspecify.annotations.NullMarked;
