/** The public face: starts a hub, tells how it is, stops it. No other package uses this one. */
@NullMarked
package dev.hubkit;

import org.jspecify.annotations.NullMarked;
