/** Services with a bug that shows under adversity alone, and without it. */
package dev.hubkit.examples.explore;
