/**
 * The NATS client protocol as bytes: the parser, messages, headers, INFO and CONNECT, and the texts
 * of its errors. Above the foundation, it uses only {@code release}.
 */
@NullMarked
package dev.hubkit.nats.wire;

import org.jspecify.annotations.NullMarked;
