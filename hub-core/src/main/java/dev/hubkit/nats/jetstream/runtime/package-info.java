/**
 * What a stream runs on: the executor on which everything of it happens, its timers and files, what
 * accounts and the server have used, and the two interfaces by which the parts of a stream know it:
 * {@link dev.hubkit.nats.jetstream.runtime.StreamContext} and {@link
 * dev.hubkit.nats.jetstream.runtime.AccountContext}.
 */
@NullMarked
package dev.hubkit.nats.jetstream.runtime;

import org.jspecify.annotations.NullMarked;
