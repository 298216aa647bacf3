/**
 * An HTTP/1.0 and HTTP/1.1 server behind the JDK's own interface {@code com.sun.net.httpserver}:
 * one thread serves all sockets, and a few run the handlers, which get whole requests and never
 * wait for a client that reads slowly. Every peer has time limits, and everything that a peer makes
 * the server hold has a size limit. Of Hub, it uses only {@code io}, {@code log}, {@code time} and
 * {@code work}.
 */
@NullMarked
package dev.hubkit.http;

import org.jspecify.annotations.NullMarked;
