/** Tests that use Hub, as a reader would write them. */
package dev.hubkit.examples;
