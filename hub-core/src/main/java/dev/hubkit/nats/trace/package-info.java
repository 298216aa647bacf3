/**
 * Message tracing (ADR-41): a record of what happens to one message on its way through the server.
 * The package knows neither accounts nor connections; they report to it.
 */
@NullMarked
package dev.hubkit.nats.trace;

import org.jspecify.annotations.NullMarked;
