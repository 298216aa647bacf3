/**
 * Subjects: which are valid, which match which, the trie of subscriptions, and transforms of one
 * subject into another (ADR-6, ADR-30). Of Hub, it uses only {@code release} and {@code text}.
 */
@NullMarked
package dev.hubkit.nats.subject;

import org.jspecify.annotations.NullMarked;
