/**
 * Message tracing (ADR-41): what becomes of one message on its way through the server. Knows
 * neither accounts nor connections; those tell it what happens.
 */
@NullMarked
package dev.hubkit.nats.trace;

import org.jspecify.annotations.NullMarked;
