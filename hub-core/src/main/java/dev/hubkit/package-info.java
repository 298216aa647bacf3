/**
 * The public face: start a hub, ask how it is, stop it. May touch every other package; nothing
 * below may touch it.
 */
@NullMarked
package dev.hubkit;

import org.jspecify.annotations.NullMarked;
