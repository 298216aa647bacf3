/**
 * Files that hold secrets: created for their owner alone, and never through a link that another
 * user planted. Of Hub, it uses only {@code log}.
 */
@NullMarked
package dev.hubkit.io;

import org.jspecify.annotations.NullMarked;
