/**
 * Keys, certificates and the settings of TLS connections. The package knows neither sockets nor
 * NATS.
 */
@NullMarked
package dev.hubkit.nats.tls;

import org.jspecify.annotations.NullMarked;
