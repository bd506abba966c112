# The sandbox wallet as a container: see docs/sandbox.md. Its context is the folder with the static binary.
FROM scratch
COPY opgrants /opgrants
USER 65532:65532
EXPOSE 3388
HEALTHCHECK --interval=2s --timeout=2s --start-period=2s CMD ["/opgrants", "sandbox", "--check"]
ENTRYPOINT ["/opgrants", "sandbox", "--listen", "0.0.0.0:3388", "--expose", "--expose-control"]
