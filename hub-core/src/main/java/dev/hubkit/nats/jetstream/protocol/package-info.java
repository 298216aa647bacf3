/**
 * The words of JetStream as they go over the wire: the subjects, answers and errors of the {@code
 * $JS.API}, acknowledgements, headers of published messages, status messages and times (ADR-7,
 * ADR-15, ADR-31, ADR-43, ADR-50, ADR-51). Knows no stream.
 */
@NullMarked
package dev.hubkit.nats.jetstream.protocol;

import org.jspecify.annotations.NullMarked;
