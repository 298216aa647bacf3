/**
 * Text and numbers as Go reads and writes them, since answers and errors of the originals are made
 * of them. The one place that parses a number from outside. It uses nothing else of Hub.
 */
@NullMarked
package dev.hubkit.text;

import org.jspecify.annotations.NullMarked;
