/** The examples of the documentation, as they are shown there. */
package dev.hubkit.examples.docs;
