/** Tests that fail, which other tests run to see what they say. */
package dev.hubkit.examples.failing;
