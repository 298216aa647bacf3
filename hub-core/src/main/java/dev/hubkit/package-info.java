/**
 * The public face: starts a hub, tells how it is, stops it. Of the other packages, only that of
 * fixtures knows this one.
 */
@NullMarked
package dev.hubkit;

import org.jspecify.annotations.NullMarked;
