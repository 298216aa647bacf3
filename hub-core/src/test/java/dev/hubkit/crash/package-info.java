/** What is left of a hub's repository after the hub was killed. */
@NullMarked
package dev.hubkit.crash;

import org.jspecify.annotations.NullMarked;
