/**
 * Logins: who a client is, by what the server was configured with. Above the foundation, it uses
 * only {@code account}, {@code net} and {@code route} for the attempt, {@code config} for what is
 * known, {@code credential}, {@code tls} and {@code wire} for the proof.
 */
@NullMarked
package dev.hubkit.nats.security;

import org.jspecify.annotations.NullMarked;
