/**
 * Files that hold secrets: made for their owner alone, and not through links that somebody else has
 * planted. Touches nothing else of Hub.
 */
@NullMarked
package dev.hubkit.io;

import org.jspecify.annotations.NullMarked;
