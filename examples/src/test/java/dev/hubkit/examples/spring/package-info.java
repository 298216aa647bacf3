/** How a Spring Boot application under test gets to know its hub. */
package dev.hubkit.examples.spring;
