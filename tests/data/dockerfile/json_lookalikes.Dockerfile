FROM alpine
RUN [ -f /etc/os-release ] && echo yes
CMD ['single', 'quotes']
