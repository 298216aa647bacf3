/**
 * Routes between the servers of a cluster: how they find each other, tell each other what their
 * clients subscribe to, and hand over messages, once and to servers they know themselves. Speaks
 * nats-server's route protocol ({@code server/route.go}: INFO, CONNECT, RS+, RS-, RMSG, HMSG) with
 * one connection for each pair of servers, neither pooled nor compressed. Touches {@code account},
 * {@code wire}, {@code subject}, {@code credential}, {@code tls}, {@code json} and {@code time}.
 */
@NullMarked
package dev.hubkit.nats.route;

import org.jspecify.annotations.NullMarked;
