/**
 * The trace of a test: the steps that its hub took, what caused each, and the page that shows them.
 * Uses the journal and the drawing of hub-core.
 */
@NullMarked
package dev.hubkit.junit.trace;

import org.jspecify.annotations.NullMarked;
