/**
 * What a stream runs on: its executor, timers and files, the use and limits of accounts and the
 * server, and the two interfaces by which the parts of a stream know it: {@link
 * dev.hubkit.nats.jetstream.runtime.StreamContext} and {@link
 * dev.hubkit.nats.jetstream.runtime.AccountContext}.
 */
@NullMarked
package dev.hubkit.nats.jetstream.runtime;

import org.jspecify.annotations.NullMarked;
