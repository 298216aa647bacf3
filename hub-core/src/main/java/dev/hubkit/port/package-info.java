/** Ports that a server reserves before clients may connect. Of Hub, it uses only {@code log}. */
@NullMarked
package dev.hubkit.port;

import org.jspecify.annotations.NullMarked;
