/** Ports that are taken before anybody may connect to them. Touches nothing else of Hub. */
@NullMarked
package dev.hubkit.port;

import org.jspecify.annotations.NullMarked;
