/** The configuration file format of nats-server, and what its fields mean. */
@NullMarked
package dev.hubkit.nats.config;

import org.jspecify.annotations.NullMarked;
