/** The examples that the documentation shows, word for word. */
package dev.hubkit.examples.docs;
