/** The {@code hub} command: parses arguments, calls the public face, prints. */
@NullMarked
package dev.hubkit.cli;

import org.jspecify.annotations.NullMarked;
