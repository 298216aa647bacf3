/**
 * JetStream of a server: which accounts have it, and the errors that the others get. The packages
 * below know only those after them: {@code api}, {@code backup}, {@code stream}, then {@code
 * consumer}, {@code publish} and {@code source}, which do not know each other, {@code validation},
 * {@code runtime}, {@code config}, {@code protocol}; {@code archive} and {@code store} know none of
 * these.
 */
@NullMarked
package dev.hubkit.nats.jetstream;

import org.jspecify.annotations.NullMarked;
