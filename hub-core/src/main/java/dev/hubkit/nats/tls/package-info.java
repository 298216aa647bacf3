/**
 * Keys, certificates and what TLS connections are to require. Knows nothing of sockets nor of NATS.
 */
@NullMarked
package dev.hubkit.nats.tls;

import org.jspecify.annotations.NullMarked;
