/** Tests that use Hub the way a reader would write them. */
package dev.hubkit.examples;
