/** The {@code hub} command: parses arguments, calls the face, prints. */
@NullMarked
package dev.hubkit.cli;

import org.jspecify.annotations.NullMarked;
