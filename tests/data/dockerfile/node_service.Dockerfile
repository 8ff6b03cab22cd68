FROM node:20-alpine
WORKDIR /usr/src/app
COPY package*.json ./
RUN npm ci --omit=dev
COPY . .
ENV NODE_ENV production
EXPOSE 3000/tcp 9229
USER node
CMD npm start
