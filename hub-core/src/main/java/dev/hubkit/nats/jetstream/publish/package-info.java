/**
 * How a message gets into a stream: subscriptions, checks of headers, duplicates, batches,
 * counters, schedules, republishing, and the responses to publishers (ADR-22, ADR-49, ADR-50,
 * ADR-51).
 */
@NullMarked
package dev.hubkit.nats.jetstream.publish;

import org.jspecify.annotations.NullMarked;
